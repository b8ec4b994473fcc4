/** Where the source is published. Problems, the API's description and the deploy button point there; a fork changes it. */
export const REPOSITORY = "https://github.com/layerhook/layerhook";
