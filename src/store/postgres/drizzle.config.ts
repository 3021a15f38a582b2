// Tells drizzle-kit where the tables are and where it puts the migrations it generates from them.

export const dialect = 'postgresql';
export const schema = './src/store/postgres/tables.ts';
export const out = './migrations/postgres';
export const schemaFilter = ['crossgrant'];
