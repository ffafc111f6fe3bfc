package construct

// Query is a question that the lake's workgroup keeps ready.
type Query struct {
	Name, Answers, SQL string
}

// Queries are the questions. An event may stand in the lake more than once, since
// it is delivered at least once, so each counts events by their ids. They look at
// the last thirty days: change the day to look further.
var Queries = []Query{
	{Name: "orders per hour", Answers: "how many orders were placed in each hour, and their total by currency", SQL: `WITH orders AS (
  SELECT id, arbitrary("time") AS placed, arbitrary(data) AS data
  FROM events
  WHERE type = 'order.created' AND day >= date_format(current_date - interval '30' day, '%Y-%m-%d')
  GROUP BY id
)
SELECT date_trunc('hour', from_iso8601_timestamp(placed)) AS hour,
  json_extract_scalar(data, '$.order.total.currency') AS currency,
  count(*) AS orders,
  sum(CAST(json_extract_scalar(data, '$.order.total.amount') AS bigint)
    / power(10, CAST(json_extract_scalar(data, '$.order.total.fractionDigits') AS integer))) AS total
FROM orders
GROUP BY 1, 2
ORDER BY 1, 2`},
	{Name: "stock-outs", Answers: "how often each SKU ran out at one of its places, and when last", SQL: `WITH changes AS (
  SELECT id, arbitrary(subject) AS entry, arbitrary(sequence) AS version, arbitrary("time") AS happened, arbitrary(data) AS data
  FROM events
  WHERE type = 'inventory.changed' AND day >= date_format(current_date - interval '30' day, '%Y-%m-%d')
  GROUP BY id
),
levels AS (
  SELECT entry, version, happened,
    json_extract_scalar(data, '$.level.sku') AS sku,
    CAST(json_extract_scalar(data, '$.level.availableQuantity') AS bigint) AS available
  FROM changes
),
steps AS (
  SELECT sku, happened, available, lag(available) OVER (PARTITION BY entry ORDER BY version) AS earlier
  FROM levels
)
SELECT sku, count(*) AS stock_outs, max(happened) AS last_at
FROM steps
WHERE available <= 0 AND (earlier IS NULL OR earlier > 0)
GROUP BY sku
ORDER BY stock_outs DESC, sku`},
	{Name: "time from order to shipment", Answers: "how long orders of each day took until a carrier accepted their shipment", SQL: `WITH orders AS (
  SELECT id, arbitrary("time") AS placed
  FROM events
  WHERE type = 'order.created' AND day >= date_format(current_date - interval '30' day, '%Y-%m-%d')
  GROUP BY id
),
shipments AS (
  SELECT correlationid AS story, min("time") AS shipped
  FROM events
  WHERE type = 'shipment.created' AND day >= date_format(current_date - interval '30' day, '%Y-%m-%d')
  GROUP BY correlationid
),
both_ends AS (
  SELECT substr(placed, 1, 10) AS placed_on, shipped,
    date_diff('second', from_iso8601_timestamp(placed), from_iso8601_timestamp(shipped)) AS seconds
  FROM orders LEFT JOIN shipments ON shipments.story = orders.id
)
SELECT placed_on, count(*) AS orders, count(shipped) AS shipped,
  approx_percentile(seconds, 0.5) AS median_seconds, approx_percentile(seconds, 0.95) AS p95_seconds
FROM both_ends
GROUP BY placed_on
ORDER BY placed_on`},
}
