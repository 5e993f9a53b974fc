from . import vas_grade_assess
from . import vas_grade_override
