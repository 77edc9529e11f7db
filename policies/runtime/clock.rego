# METADATA
# title: The clock
# description: Times as the point's own clock has them, in nanoseconds; days in UTC.
package countersign.runtime.clock

now := time.now_ns()

today := time.format([now, "UTC", "2006-01-02"])

read(written) := time.parse_rfc3339_ns(written)

age_days(written) := floor((midnight(now) - midnight(read(written))) / 86400000000000)

midnight(ns) := ns - (ns % 86400000000000)
