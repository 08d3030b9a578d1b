"""PyTorch on one thread: its pool beside numpy's stalls both."""

from __future__ import annotations

import torch

torch.set_num_threads(1)
