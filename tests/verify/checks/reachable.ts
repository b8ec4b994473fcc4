import { doctorCommand } from "../../../src/cli/doctorCommand.ts";
import { type Check, failed, nothing, passed } from "../check.ts";

/** What the doctor says of the site. */
export const reachable: Check = {
  name: "reachable",
  title: "the doctor finds nothing to mend",
  proves: "senders and the site's own calls get through, and the store keeps its conditions on the edge's route",
  lacks: nothing,
  async run({ outside, site }) {
    const lines: string[] = [];
    const well = await doctorCommand([site.base], { ...outside, say: (line) => lines.push(line) });
    const wrong = lines.filter((line) => !line.startsWith("ok "));
    return well ? passed(`${lines.length} findings, all good`) : failed(wrong.map((line) => line.trim()).join(" "));
  },
};
