import { acmePersonas } from './article.ts';
import { type BackOffice, startBackOffice } from './back-office.ts';
import { Balancer } from './balancer.ts';
import { sendHttp } from './carrier/http.ts';
import { Carrier, type CarrierOptions } from './carrier.ts';
import { FaultProxy } from './fault-proxy.ts';
import { type GatewayProcess, startGateway } from './gateway-process.ts';
import type { Persona } from './model/persona.ts';
import { ModelServer } from './model/server.ts';
import { accountSid, apiKey, authToken, publicUrl } from './stage.ts';

export interface FleetOptions {
  /** How many gateways, each a supervisor with its serving processes. */
  readonly nodes: number;
  /** `STORE` of all of them: several nodes need a Redis. */
  readonly store: string;
  /** More settings, of all nodes. */
  readonly settings?: Readonly<Record<string, string>>;
  /** More settings of one node, counted from 0: another way to the store, for example. */
  readonly settingsOf?: (node: number) => Readonly<Record<string, string>>;
  /** Of Node, for all processes. */
  readonly nodeFlags?: readonly string[];
  readonly personas?: readonly Persona[];
  readonly carrier?: Pick<CarrierOptions, 'people' | 'afterBreak' | 'numbers' | 'callsPerSecond'>;
}

/** Several real gateways behind one address, and the world around them, over real sockets and in real time. */
export interface Fleet {
  readonly carrier: Carrier;
  readonly model: ModelServer;
  readonly backOffice: BackOffice;
  readonly balancer: Balancer;
  /** The network between the carrier's media streams and the balancer. */
  readonly mediaNetwork: FaultProxy;
  /** The network between the gateways and the back office. */
  readonly toolNetwork: FaultProxy;
  readonly nodes: readonly GatewayProcess[];
  close(): Promise<void>;
}

/** Starts the world and its gateways. Linux only, as `startGateway`. */
export const startFleet = async (options: FleetOptions): Promise<Fleet> => {
  const model = new ModelServer({ personas: options.personas ?? acmePersonas, apiKey });
  const [modelUrl, backOffice] = await Promise.all([model.listen(), startBackOffice()]);
  const [mediaNetwork, toolNetwork] = await Promise.all([
    FaultProxy.start(0),
    FaultProxy.start(Number(new URL(backOffice.url).port)),
  ]);
  let balancer: Balancer | undefined;
  const local = (url: string, scheme: 'http' | 'ws'): string => {
    if (!url.startsWith(publicUrl) && !url.startsWith(publicUrl.replace('https', 'wss'))) return url;
    const { pathname, search } = new URL(url);
    const port = scheme === 'ws' ? mediaNetwork.port : balancer?.port;
    return `${scheme}://127.0.0.1:${port}${pathname}${search}`;
  };
  const carrier = new Carrier({
    accountSid,
    authToken,
    number: { voiceUrl: `${publicUrl}/twilio/voice`, statusCallback: `${publicUrl}/twilio/status` },
    http: (request) => sendHttp({ ...request, url: local(request.url, 'http') }),
    dial: (url) => local(url, 'ws'),
    ...options.carrier,
  });
  const carrierUrl = await carrier.listen();
  const nodes = await Promise.all(
    Array.from({ length: options.nodes }, (_, node) =>
      startGateway(
        {
          TWILIO_ACCOUNT_SID: accountSid,
          TWILIO_AUTH_TOKEN: authToken,
          TWILIO_API_URL: carrierUrl,
          OPENAI_API_KEY: apiKey,
          OPENAI_BASE_URL: modelUrl,
          PUBLIC_URL: publicUrl,
          BACK_OFFICE_URL: `http://127.0.0.1:${toolNetwork.port}`,
          STORE: options.store,
          ...options.settings,
          ...options.settingsOf?.(node),
        },
        options.nodeFlags,
      ),
    ),
  );
  const started = await Balancer.start(nodes.map(({ port, consoleUrl }) => ({ port, readyUrl: `${consoleUrl}/readyz` })));
  balancer = started;
  mediaNetwork.aim(started.port);
  return {
    carrier,
    model,
    backOffice,
    balancer: started,
    mediaNetwork,
    toolNetwork,
    nodes,
    close: async () => {
      await carrier.close();
      for (const network of [mediaNetwork, toolNetwork]) network.heal();
      for (const node of nodes) node.thaw();
      await Promise.all(nodes.map((node) => node.stop()));
      await started.close();
      await Promise.all([mediaNetwork.close(), toolNetwork.close(), model.close(), backOffice.close()]);
    },
  };
};
