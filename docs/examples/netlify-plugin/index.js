import { writeMarker } from "../layerhook.mjs";

export const onPostBuild = ({ constants }) => writeMarker(constants.PUBLISH_DIR);
