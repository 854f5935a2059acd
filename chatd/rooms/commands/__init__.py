"""What each command means, by noun. Pure: a room in memory and a proposal in, a draft or a refusal out."""
