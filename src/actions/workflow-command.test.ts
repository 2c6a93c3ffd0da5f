import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { COMMAND_NAMES, commandLines, parseWorkflowCommand } from './workflow-command.ts';

const names: ReadonlySet<string> = new Set(COMMAND_NAMES);
const parse = (line: string) => {
  const command = parseWorkflowCommand(line, (name) => names.has(name));
  return command === null
    ? null
    : { ...command, properties: Object.fromEntries(command.properties) };
};

describe('workflow commands', () => {
  it.each([
    ['::error::bad', 'error', {}, 'bad'],
    ['  ::Error file=a.ts,Line=3::x::y', 'error', { file: 'a.ts', line: '3' }, 'x::y'],
    ['::set-output name=a%3Ab%2Cc::1%0A2%25', 'set-output', { name: 'a:b,c' }, '1\n2%'],
    ['::debug::%250A', 'debug', {}, '%0A'],
    ['::warning title=a=b,file=,=c::m', 'warning', { title: 'a=b' }, 'm'],
    ['text ##[error file=a;line=2]m%5D', 'error', { file: 'a', line: '2' }, 'm]'],
    ['##[group]Title', 'group', {}, 'Title'],
    ['::endgroup::', 'endgroup', {}, ''],
  ])('reads %s', (line, name, properties, data) => {
    expect(parse(line)).toEqual({ name, properties, data });
  });

  it.each(['plain', '::unknown::x', ':: error::x', 'x ::error::y', '::error', '##[error', ''])(
    'leaves %j alone',
    (line) => {
      expect(parse(line)).toBeNull();
    },
  );

  const noise = fc.string({
    unit: fc.constantFrom(':', '::', '#', '##[', ']', ' ', '\t', '=', ',', '%', 'error', 'a'),
  });

  it('never throws on any line', () => {
    fc.assert(
      fc.property(fc.oneof(noise, fc.string({ unit: 'binary' })), (line) => void parse(line)),
    );
  });

  it('are all found in a block of lines, each once', () => {
    fc.assert(
      fc.property(fc.array(noise, { minLength: 1, maxLength: 12 }), (lines) => {
        const block = lines.join('\n');
        const starts = [...commandLines(Buffer.from(block))];
        expect(starts).toEqual([...new Set(starts)].sort((a, b) => a - b));
        let start = 0;
        for (const line of lines) {
          if (parse(line) !== null) expect(starts).toContain(start);
          start += Buffer.byteLength(line) + 1;
        }
      }),
    );
    expect([...commandLines(Buffer.from('a::b\n ::c\nx ##[d]\n##[e]::\nf'))]).toEqual([5, 10, 18]);
  });

  it('gives back any data that a program escaped as it should', () => {
    const escaped = (text: string) =>
      text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
    const property = (text: string) => escaped(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), fc.string(), (title, data) => {
        fc.pre(title.trim() === title && !title.startsWith('='));
        expect(parse(`::error title=${property(title)}::${escaped(data)}`)).toEqual({
          name: 'error',
          properties: { title },
          data,
        });
      }),
    );
  });
});
