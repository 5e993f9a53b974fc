from . import vas_grade_assess
from . import vas_grade_override
from . import vas_incident_import
