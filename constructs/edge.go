package constructs

import (
	"github.com/aws/aws-cdk-go/awscdk/v2/awsapigateway"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscertificatemanager"
	"github.com/aws/aws-cdk-go/awscdk/v2/awswafv2"
	"github.com/aws/jsii-runtime-go"
)

// What stands before the API, for those who ask for it: a firewall, a name.

// perAddress is how many requests one address may send in five minutes before the
// firewall refuses it, until it is slower again.
const perAddress = 2000

// firewall refuses addresses that are known for attacks, and those that are too
// fast. Rules about bodies are left out: what a body may be is the contract's.
func (b *BenchmarkAPI) firewall() {
	visible := func(name string) *awswafv2.CfnWebACL_VisibilityConfigProperty {
		return &awswafv2.CfnWebACL_VisibilityConfigProperty{
			CloudWatchMetricsEnabled: jsii.Bool(true), SampledRequestsEnabled: jsii.Bool(true), MetricName: jsii.String(name),
		}
	}
	acl := awswafv2.NewCfnWebACL(b.Construct, jsii.String("Firewall"), &awswafv2.CfnWebACLProps{
		Scope:            jsii.String("REGIONAL"),
		DefaultAction:    &awswafv2.CfnWebACL_DefaultActionProperty{Allow: &awswafv2.CfnWebACL_AllowActionProperty{}},
		VisibilityConfig: visible("firewall"),
		Rules: &[]*awswafv2.CfnWebACL_RuleProperty{
			{
				Name: jsii.String("known-addresses"), Priority: jsii.Number(0), VisibilityConfig: visible("known-addresses"),
				OverrideAction: &awswafv2.CfnWebACL_OverrideActionProperty{None: map[string]any{}},
				Statement: &awswafv2.CfnWebACL_StatementProperty{ManagedRuleGroupStatement: &awswafv2.CfnWebACL_ManagedRuleGroupStatementProperty{
					VendorName: jsii.String("AWS"), Name: jsii.String("AWSManagedRulesAmazonIpReputationList"),
				}},
			},
			{
				Name: jsii.String("too-fast"), Priority: jsii.Number(1), VisibilityConfig: visible("too-fast"),
				Action: &awswafv2.CfnWebACL_RuleActionProperty{Block: &awswafv2.CfnWebACL_BlockActionProperty{}},
				Statement: &awswafv2.CfnWebACL_StatementProperty{RateBasedStatement: &awswafv2.CfnWebACL_RateBasedStatementProperty{
					AggregateKeyType: jsii.String("IP"), Limit: jsii.Number(perAddress),
				}},
			},
		},
	})
	awswafv2.NewCfnWebACLAssociation(b.Construct, jsii.String("FirewallOfStage"), &awswafv2.CfnWebACLAssociationProps{
		ResourceArn: b.API.DeploymentStage().StageArn(), WebAclArn: acl.AttrArn(),
	})
}

// domain gives the stage another name. Its DNS record is the caller's to make: who
// keeps the zone is not known here.
func (b *BenchmarkAPI) domain(name, certificate string) {
	domain := b.API.AddDomainName(jsii.String("Domain"), &awsapigateway.DomainNameOptions{
		DomainName:     jsii.String(name),
		Certificate:    awscertificatemanager.Certificate_FromCertificateArn(b.Construct, jsii.String("Certificate"), jsii.String(certificate)),
		EndpointType:   awsapigateway.EndpointType_REGIONAL,
		SecurityPolicy: awsapigateway.SecurityPolicy_TLS_1_2,
	})
	b.DomainTarget = domain.DomainNameAliasDomainName()
}
