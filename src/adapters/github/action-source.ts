import { AppError } from '../../domain/errors.ts';
import type { ActionReference, ActionSource } from '../../ports/action-source.ts';

/** For a job whose message names no launch service: nobody says what a reference stands for. */
export const noActions = (): ActionSource => ({
  resolve: async ([first]: readonly ActionReference[]) => {
    if (first === undefined) return [];
    const name = `${first.repository}@${first.ref}`;
    throw new AppError('action-missing', `Actions from repositories cannot be used here: ${name}`);
  },
  open: async (action) => {
    throw new AppError('action-missing', `${action.repository} was not resolved for this job`);
  },
});
