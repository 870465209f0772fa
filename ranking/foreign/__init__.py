"""Models of other libraries, brought over as baselines: XGBoost and RankLib become trees that score as at home."""
