import type { Address } from './dependencies.ts';

/** The addresses that an {@link Address} answers with; jobs have the same one unless told. */
export interface Addresses {
  readonly url: string;
  readonly jobUrl?: string;
  readonly jobServerUrl?: string;
}

/** Answers from `current`, which is known when the stand-in has begun to listen. */
export const createAddress = (current: () => Addresses): Address => ({
  url: () => current().url,
  jobUrl: () => current().jobUrl ?? current().url,
  jobServerUrl: () => current().jobServerUrl ?? current().url,
  of({ headers }) {
    const { url, jobUrl = url, jobServerUrl = url } = current();
    return [jobUrl, jobServerUrl].find((each) => new URL(each).host === headers.host) ?? url;
  },
});
