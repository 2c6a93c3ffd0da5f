import { defineConfig } from 'drizzle-kit';

/** `npm run db:generate` compares the schema with the migrations and writes the next one. */
export default defineConfig({
  dialect: 'postgresql',
  schema: './src/adapters/database/schema.ts',
  out: './src/adapters/database/migrations',
});
