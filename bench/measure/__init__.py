"""What bench/engine measures, and how: machine, drains, latency, report."""
