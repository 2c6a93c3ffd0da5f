import { describe, expect, it } from 'vitest';
import { ERROR_CODES } from '../domain/errors.ts';
import { PROBLEMS } from './problems.ts';

describe('PROBLEMS', () => {
  it('has a status for every error code', () => {
    for (const code of ERROR_CODES) {
      expect(PROBLEMS[code].status).toBeGreaterThanOrEqual(400);
      expect(PROBLEMS[code].status).toBeLessThan(600);
    }
  });
});
