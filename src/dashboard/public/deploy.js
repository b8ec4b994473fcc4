const REPOSITORY = "https://github.com/layerhook/layerhook";

/** 256 random bits as text that no form and no shell changes. */
export const randomText = () =>
  [...crypto.getRandomValues(new Uint8Array(32))].map((byte) => byte.toString(16).padStart(2, "0")).join("");

/** The link that deploys. What is behind its hash stays in the browser until its form is sent. */
export const deployLink = (secret, token) => {
  const hash = new URLSearchParams({ LAYERHOOK_SECRET: secret, LAYERHOOK_OWNER_TOKEN: token });
  return `https://app.netlify.com/start/deploy?repository=${REPOSITORY}#${hash}`;
};

const show = () => {
  try {
    const token = randomText();
    document.querySelector("#deploy").href = deployLink(randomText(), token);
    const field = document.querySelector("#token");
    field.value = token;
    field.addEventListener("focus", () => field.select());
  } catch {
    document.querySelector("#failed").hidden = false;
  }
};

if (typeof document !== "undefined") show();
