import { render } from "preact";
import "./eventTarget.ts";
import { App } from "./App.tsx";

const root = document.querySelector("#app");
if (root !== null) {
  root.textContent = "";
  render(<App />, root);
}
