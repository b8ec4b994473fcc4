/**
 * Where the source is published. Problems, the API's description and the deploy button link to it. A fork changes it
 * here.
 */
export const REPOSITORY = "https://github.com/layerhook/layerhook";
