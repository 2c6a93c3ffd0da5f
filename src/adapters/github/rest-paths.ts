/** The address of a scope below the API: `repos/owner/name` or `orgs/owner`. */
export function scopePath(scope: string): string {
  const parts = scope.split('/').map(encodeURIComponent);
  return parts.length > 1 ? `repos/${parts.join('/')}` : `orgs/${parts.join('/')}`;
}
