"""Audit a data set for bias: examine it, list findings, rebalance its split."""

from __future__ import annotations

from railmap.scenes.audit.examined import Examined, examine
from railmap.scenes.audit.findings import Finding, list_findings
from railmap.scenes.audit.rebalance import rebalance
from railmap.scenes.audit.report import write_report

__all__ = ["Examined", "Finding", "examine", "list_findings", "rebalance", "write_report"]
