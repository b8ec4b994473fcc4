const CONNECTIONS = [1, 16, 64, 256] as const;
const LAYERS = [1, 100] as const;

/** How many layers deliveries go to, and on how many connections. */
export interface LayersAndConnections {
  readonly layers: number;
  readonly connections: number;
}

/** The loads that every contestant gets. */
export const loadsOf = (quick: boolean): readonly LayersAndConnections[] =>
  LAYERS.flatMap((layers) => (quick ? [16] : CONNECTIONS).map((connections) => ({ layers, connections })));

/** The name of a load's row. */
export const loadName = ({ layers, connections }: LayersAndConnections): string =>
  `${layers} ${layers === 1 ? "layer" : "layers"}, ${connections} ${connections === 1 ? "connection" : "connections"}`;
