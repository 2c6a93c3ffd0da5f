import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { answerTo, questionOf, refusalOf } from './dns-answer.ts';

function aQuery(name: string, type = 1): Buffer {
  const labels = name.split('.').map((label) => Buffer.from([label.length, ...Buffer.from(label)]));
  const tail = Buffer.from([0, 0, type, 0, 1]);
  return Buffer.concat([Buffer.from([0xab, 0xcd, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0]), ...labels, tail]);
}

const answer = (query: Buffer, address: string | null): Buffer => {
  const question = questionOf(query);
  if (question === null) throw new Error('no question');
  return answerTo(query, question, address);
};

describe('an answer of the name server', () => {
  it('carries the address that was asked for', () => {
    const query = aQuery('Registry.npmjs.org');
    expect(questionOf(query)).toMatchObject({ name: 'registry.npmjs.org', type: 1 });
    const reply = answer(query, '10.201.0.2');
    expect(reply.subarray(0, 2)).toEqual(query.subarray(0, 2));
    expect(reply.readUInt16BE(2)).toBe(0x8180);
    expect(reply.readUInt16BE(6)).toBe(1);
    expect([...reply.subarray(-4)]).toEqual([10, 201, 0, 2]);
  });

  it('is empty for other types, so that IPv4 is taken', () => {
    const reply = answer(aQuery('a.example', 28), '10.201.0.2');
    expect(reply.readUInt16BE(2) & 15).toBe(0);
    expect(reply.readUInt16BE(6)).toBe(0);
  });

  it('says that a refused name does not exist', () => {
    expect(answer(aQuery('evil.example'), null).readUInt16BE(2) & 15).toBe(3);
  });

  it('any bytes are read without harm', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), (noise) => {
        const query = Buffer.from(noise);
        const question = questionOf(query);
        const reply = question === null ? refusalOf(query) : answerTo(query, question, '1.2.3.4');
        expect(reply === null ? query.length < 12 : reply.length >= 12).toBe(true);
      }),
    );
  });
});
