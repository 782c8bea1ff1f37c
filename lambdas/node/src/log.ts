import { Logger } from "@aws-lambda-powertools/logger";

/** Writes one JSON object a line, at the level of AWS_LAMBDA_LOG_LEVEL or LOG_LEVEL. */
export const log = new Logger({ serviceName: "items" });
