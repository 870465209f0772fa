"""The errors that ranking can raise.

VitrineError
├── ModelError           a ranking model is missing, damaged, or made for other features
│   ├── NoModelServes    none was ever trained for this catalogue, or none was put to use
│   └── ForeignModelError  another library's model file cannot be brought over
├── JudgmentsError       a judgments file cannot be read; names file, line and column
├── TrainingError        there is nothing to learn from
└── MeasureError         a measure's name is not understood
"""

from plugin_config.errors import VitrineError


class ModelError(VitrineError):
    """A ranking model is missing, damaged, or made for other features; nothing of it was loaded."""

    code = "model"
    status = 409  # as the models are kept, it cannot be done; waiting would not help


class NoModelServes(ModelError):
    """No model of this catalogue serves; searches go on without."""

    code = "no_model"

    def __init__(self) -> None:
        super().__init__("no ranking model serves yet; `vitrine train --help` says how to train one")


class ForeignModelError(ModelError):
    """A model file of another library is damaged, or holds something that has no equal here."""

    code = "foreign_model"
    status = 422


class JudgmentsError(VitrineError):
    """A judgments file cannot be read as written."""

    code = "judgments"
    status = 422


class TrainingError(VitrineError):
    """The data leave nothing to learn."""

    code = "training"
    status = 422


class MeasureError(VitrineError):
    """The name of a measure is not understood."""

    code = "measure"
    status = 422
