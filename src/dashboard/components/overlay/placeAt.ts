/** The space between an element and its button, and the least space to the edge of the window (px). */
const GAP = 6;

/**
 * Places an element of the top layer (`popover`) below a button, or above it in the lower half of the window, and lets it
 * grow towards the wider side.
 */
export const placeAt = (shown: HTMLElement, button: HTMLElement): void => {
  const { left, right, top, bottom } = button.getBoundingClientRect();
  const { clientWidth: width, clientHeight: height } = document.documentElement;
  const growsLeft = left > width - right;
  const growsUp = top > height - bottom;
  shown.style.left = growsLeft ? "auto" : `${Math.max(left, GAP)}px`;
  shown.style.right = growsLeft ? `${Math.max(width - right, GAP)}px` : "auto";
  shown.style.top = growsUp ? "auto" : `${bottom + GAP}px`;
  shown.style.bottom = growsUp ? `${height - top + GAP}px` : "auto";
};
