// Tells drizzle-kit where the tables are and where it puts the migrations it generates from them.

export const dialect = 'sqlite';
export const schema = './src/store/sqlite/tables.ts';
export const out = './migrations/sqlite';
