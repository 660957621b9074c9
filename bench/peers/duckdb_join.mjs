// The join as one would write it in DuckDB: duckdb_join.mjs COUNT ROUNDS. Prints the CPU seconds of each round as JSON.
//
//     npm install --prefix bench/peers @duckdb/node-api

import { DuckDBInstance } from "@duckdb/node-api";

const [count, rounds] = process.argv.slice(2).map(Number);
const connection = await (await DuckDBInstance.create(":memory:")).connect();
await connection.run("SET threads = 1");
// Gaps of a Poisson process, five seconds on average.
for (const [table, seed] of [["samples", 0.1], ["clocks", 0.2]]) {
  await connection.run(`SELECT setseed(${seed})`);
  await connection.run(
    `CREATE TABLE ${table} AS SELECT CAST(1750000000 + SUM(-5 * LN(1 - RANDOM())) OVER (ORDER BY i) AS BIGINT) AS t, i` +
      ` FROM RANGE(${count}) r(i)`,
  );
}
const nearest = `
  CREATE OR REPLACE TABLE joined AS
  SELECT s.i, CASE WHEN before.t IS NOT NULL AND (after.t IS NULL OR s.t - before.t <= after.t - s.t) THEN before.i ELSE after.i END AS nearest
  FROM samples s
  ASOF LEFT JOIN clocks before ON s.t >= before.t
  ASOF LEFT JOIN clocks after ON s.t <= after.t
  WHERE LEAST(s.t - before.t, after.t - s.t) <= 10`;
const seconds = [];
for (let i = 0; i < rounds; ++i) {
  const begun = process.cpuUsage();
  await connection.run(nearest);
  const { user, system } = process.cpuUsage(begun);
  seconds.push((user + system) / 1e6);
}
console.log(JSON.stringify(seconds));
process.exit(0);
