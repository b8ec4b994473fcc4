// Before the first paint: a page that turns dark a moment later is a flash in the face.
try {
  const theme = localStorage.getItem("layerhook-theme");
  if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
} catch {
  // Storage is forbidden here; the system's own choice stands.
}
