export const WIDE = 1000;
/** The vertical lines of each lane. */
export const MARKS = 6;

export const Grid = () => {
  const path = Array.from({ length: MARKS + 1 }, (_, index) => `M${((index / MARKS) * WIDE).toFixed(1)} 0V1`).join("");
  return (
    <svg class="lane-grid" viewBox={`0 0 ${WIDE} 1`} preserveAspectRatio="none" aria-hidden="true">
      <path d={path} />
    </svg>
  );
};
