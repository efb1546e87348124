"""Amazon SNS: what is published to a topic comes in, CloudWatch's alarms above all."""
