"""The bias work-flow: examine a data set, word what is wrong with it, make a better split."""

from __future__ import annotations

from railmap.scenes.audit.examined import Examined, examine
from railmap.scenes.audit.findings import Finding, list_findings
from railmap.scenes.audit.rebalance import rebalance
from railmap.scenes.audit.report import write_report

__all__ = ["Examined", "Finding", "examine", "list_findings", "rebalance", "write_report"]
