import { unreadableReason } from "../../store/store.ts";

/**
 * What a read finds; null if it is damaged or a newer release wrote it, because a look that nothing can end would be due for
 * ever. Throws `StoreUnavailable`.
 */
export const ifReadable = async <Found>(read: () => Promise<Found | null>): Promise<Found | null> => {
  try {
    return await read();
  } catch (error) {
    if (unreadableReason(error) === null) throw error;
    return null;
  }
};
