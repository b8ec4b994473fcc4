/** Credits as people read them: one decimal below ten. */
export const creditsText = (count: number): string =>
  count < 10 && count > 0 ? count.toFixed(1) : Math.round(count).toLocaleString();
