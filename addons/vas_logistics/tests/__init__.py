from . import test_codelivery_plan
