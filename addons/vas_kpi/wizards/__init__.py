from . import vas_assessment_revise
from . import vas_scorecard_compare
from . import vas_scorecard_assess
from . import vas_metric_preview
from . import vas_settlement_generate
from . import vas_observation_import
