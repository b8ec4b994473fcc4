/** 256 random bits as text that no form and no shell changes. */
export const randomText = () =>
  [...crypto.getRandomValues(new Uint8Array(32))].map((byte) => byte.toString(16).padStart(2, "0")).join("");

/** The page's link with both texts behind its hash, which stays in the browser until Netlify's form is sent. */
export const deployLink = (link, secret, token) =>
  `${link}#${new URLSearchParams({ LAYERHOOK_SECRET: secret, LAYERHOOK_OWNER_TOKEN: token })}`;

const show = () => {
  try {
    const token = randomText();
    const deploy = document.querySelector("#deploy");
    deploy.href = deployLink(deploy.href, randomText(), token);
    const field = document.querySelector("#token");
    field.value = token;
    field.addEventListener("focus", () => field.select());
    const copied = document.querySelector("#copied");
    document.querySelector("#copy").addEventListener("click", async () => {
      try {
        await navigator.clipboard.writeText(token);
        copied.textContent = "Copied. Keep the token where your team keeps secrets.";
      } catch {
        field.select();
        copied.textContent = "The browser does not allow copying. The token is selected: copy it by hand.";
      }
    });
  } catch {
    document.querySelector("#failed").hidden = false;
  }
};

if (typeof document !== "undefined") show();
