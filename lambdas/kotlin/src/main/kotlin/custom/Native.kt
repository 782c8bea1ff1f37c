package benchmark.custom

import com.amazonaws.services.lambda.runtime.api.client.AWSLambda

/** The custom runtime as one native program: AWS's runtime client takes the handler as its argument, Lambda passes it as a variable. */
internal fun main() {
    AWSLambda.main(arrayOf(System.getenv("_HANDLER")))
}
