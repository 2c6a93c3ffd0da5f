/** Whoever owns repositories: nobody has to be made, every name stands for an organisation until told. */
export interface Account {
  readonly id: number;
  readonly login: string;
  type: 'User' | 'Organization';
  /** Slug of the enterprise that the organisation belongs to. */
  enterprise: string | null;
}

/** A stable id for a login, so that the same name always has the same id. */
export const idOfLogin = (login: string): number =>
  [...login.toLowerCase()].reduce(
    (hash, char) => (hash * 31 + char.charCodeAt(0)) % 2_000_000_000,
    7,
  );

/** What `login` is; names ignore case. Only accounts that differ from the usual are remembered. */
export const accountOf = (accounts: ReadonlyMap<string, Account>, login: string): Account =>
  accounts.get(login.toLowerCase()) ?? {
    id: idOfLogin(login),
    login,
    type: 'Organization',
    enterprise: null,
  };
