import { render } from "preact";
import { App } from "./App.tsx";
import { watchForms } from "./watchForms.ts";

const root = document.querySelector("#app");
if (root !== null) {
  root.textContent = "";
  watchForms();
  render(<App />, root);
}
