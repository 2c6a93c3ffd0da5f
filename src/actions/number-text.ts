/** Significant digits of a number as text. */
const DIGITS = 15;

/**
 * A number as expressions write it (protocol D.8): .NET's `G15`. At most 15 digits; an exponent of at
 * least two digits from 1E+15 on and below 0.0001. Both zeros are `0`.
 */
export function numberText(value: number): string {
  if (value === 0) return '0';
  if (!Number.isFinite(value)) return String(value);
  const [mantissa = '', power = ''] = value.toExponential(DIGITS - 1).split('e');
  const exponent = Number(power);
  const sign = value < 0 ? '-' : '';
  const digits = mantissa.replace(/[-.]/g, '').replace(/0+$/, '');
  if (exponent > -5 && exponent < DIGITS) return sign + plainText(digits, exponent);
  const size = String(Math.abs(exponent)).padStart(2, '0');
  return `${sign}${withPoint(digits, 1)}E${exponent < 0 ? '-' : '+'}${size}`;
}

function plainText(digits: string, exponent: number): string {
  if (exponent < 0) return `0.${'0'.repeat(-exponent - 1)}${digits}`;
  return withPoint(digits.padEnd(exponent + 1, '0'), exponent + 1);
}

const withPoint = (digits: string, at: number): string =>
  digits.length > at ? `${digits.slice(0, at)}.${digits.slice(at)}` : digits;
