from . import portal_scorecard
from . import portal_settlement
