/** Credits as people read them: one decimal below ten. */
export const creditsText = (count: number): string => {
  if (count > 0 && count < 0.05) return "under 0.1";
  return count < 10 && count > 0 ? count.toFixed(1) : Math.round(count).toLocaleString();
};
