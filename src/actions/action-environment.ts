type Variables = Record<string, string>;

/** `INPUT_<NAME>`: upper case, blanks become `_`, dashes stay (protocol F.3). */
export const inputVariables = (inputs: Readonly<Variables>): Variables =>
  prefixed('INPUT_', inputs, (name) => name.replaceAll(' ', '_').toUpperCase());

/** `STATE_<name>`: what an earlier stage of the same use of the action has saved (protocol G.7). */
export const stateVariables = (saved: Readonly<Variables>): Variables =>
  prefixed('STATE_', saved, (name) => name);

function prefixed(
  prefix: string,
  values: Readonly<Variables>,
  spell: (name: string) => string,
): Variables {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [`${prefix}${spell(name)}`, value]),
  );
}

/** Of the job message: its own connection and what it switches on. */
export interface ServiceFacts {
  readonly url: string;
  readonly token: string;
  /** `data` of the connection (protocol D.2). */
  readonly data: Readonly<Record<string, string>>;
  readonly variable: (name: string) => string;
}

const isOn = (text: string): boolean => text.toLowerCase() === 'true';

/** Addresses and token of GitHub's services for programs of an action; scripts get none (protocol F.4). */
export function serviceVariables({ url, token, data, variable }: ServiceFacts): Variables {
  const cacheMode = variable('actions_cache_mode');
  const given: Record<string, string | undefined> = {
    ACTIONS_RUNTIME_URL: data['PipelinesServiceUrl'] || url,
    ACTIONS_RUNTIME_TOKEN: token,
    ACTIONS_CACHE_URL: data['CacheServerUrl'],
    ACTIONS_RESULTS_URL: data['ResultsServiceUrl'],
    ACTIONS_CACHE_SERVICE_V2: isOn(variable('actions_uses_cache_service_v2')) ? 'True' : '',
    ACTIONS_CACHE_MODE: cacheMode,
  };
  return Object.fromEntries(
    Object.entries(given).filter((entry): entry is [string, string] => Boolean(entry[1])),
  );
}
