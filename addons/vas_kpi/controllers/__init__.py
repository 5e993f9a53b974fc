from . import portal_scorecard
