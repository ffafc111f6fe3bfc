package stack

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/jsii-runtime-go"
	"github.com/cdklabs/cdk-nag-go/cdknag/v2"
)

// checkPractices has cdk-nag judge every resource by AWS's own solutions'
// practices. It is the only place that knows cdk-nag. Each exception is written
// with what it applies to and why.
func checkPractices(app awscdk.App) {
	for _, child := range *app.Node().Children() {
		stack, ok := child.(awscdk.Stack)
		if !ok {
			continue
		}
		cdknag.NagSuppressions_AddStackSuppressions(stack, &exceptions, jsii.Bool(true))
	}
	awscdk.Aspects_Of(app).Add(cdknag.NewAwsSolutionsChecks(&cdknag.NagPackProps{Verbose: jsii.Bool(true)}), nil)
}

var exceptions = []*cdknag.NagPackSuppression{}
