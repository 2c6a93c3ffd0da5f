import { describe, expect, it } from 'vitest';
import { splitCommandLine } from './command-line.ts';

describe('command lines', () => {
  it.each([
    ['', []],
    ['  ', []],
    ['a b\tc', ['a', 'b', 'c']],
    ['a\nb', ['a\nb']],
    ['-c "one two" x', ['-c', 'one two', 'x']],
    ["-c 'one two'", ['-c', "'one", "two'"]],
    ['a"b c"d', ['ab cd']],
    ['""  x', ['', 'x']],
    ['say \\"hi\\"', ['say', '"hi"']],
    ['"say \\"hi\\" now"', ['say "hi" now']],
    ['"a\\\\" b', ['a\\', 'b']],
    ['c:\\dir\\file \\', ['c:\\dir\\file', '\\']],
    ['"a ""quoted"" word"', ['a "quoted" word']],
    ['"never closed', ['never closed']],
    [`-command ". '/t/x.ps1'"`, ['-command', ". '/t/x.ps1'"]],
  ])('reads %j', (text, words) => {
    expect(splitCommandLine(text)).toEqual(words);
  });
});
