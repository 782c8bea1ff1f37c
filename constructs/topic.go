package constructs

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsbudgets"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssns"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssnssubscriptions"
	cdk "github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
)

// AlarmTopicProps of an AlarmTopic.
type AlarmTopicProps struct {
	// Email gets what the alarms say, once its owner has confirmed; empty
	// subscribes nobody.
	Email string
	// BudgetUSD is what the account may cost in a month before the topic hears of it;
	// 0 for no budget.
	BudgetUSD int
}

// AlarmTopic is a topic that the account's own alarms may publish to, over TLS
// only.
type AlarmTopic struct {
	Construct
	Topic awssns.Topic
}

// NewAlarmTopic makes the topic. It is not encrypted with SNS's own key on
// purpose: CloudWatch may not use that one, and alarms would fail in silence.
func NewAlarmTopic(scope Construct, id string, props *AlarmTopicProps) *AlarmTopic {
	props = given(props)
	this := cdk.NewConstruct(scope, jsii.String(id))
	topic := awssns.NewTopic(this, jsii.String("Resource"), &awssns.TopicProps{EnforceSSL: jsii.Bool(true)})
	// A policy of one's own replaces the default one, which let the account publish.
	allow := func(id, service string) {
		topic.AddToResourcePolicy(awsiam.NewPolicyStatement(&awsiam.PolicyStatementProps{
			Sid:        jsii.String(id),
			Principals: &[]awsiam.IPrincipal{awsiam.NewServicePrincipal(jsii.String(service), nil)},
			Actions:    jsii.Strings("sns:Publish"),
			Resources:  &[]*string{topic.TopicArn()},
			Conditions: &map[string]any{"StringEquals": map[string]any{"aws:SourceAccount": awscdk.Stack_Of(topic).Account()}},
		}))
	}
	allow("AlarmsOfThisAccount", "cloudwatch.amazonaws.com")
	if props.BudgetUSD > 0 {
		allow("BudgetsOfThisAccount", "budgets.amazonaws.com")
		budget(this, topic, props.BudgetUSD)
	}
	if props.Email != "" {
		topic.AddSubscription(awssnssubscriptions.NewEmailSubscription(jsii.String(props.Email), nil))
	}
	return &AlarmTopic{Construct: this, Topic: topic}
}

// budget tells the topic when the month's costs have reached half of the sum or all
// of it, and when they are expected to. It is about the whole account: a budget by
// tag sees nothing until somebody has activated the tag.
func budget(scope Construct, topic awssns.ITopic, usd int) {
	var notifications []*awsbudgets.CfnBudget_NotificationWithSubscribersProperty
	notify := func(kind string, percent float64) {
		notifications = append(notifications, &awsbudgets.CfnBudget_NotificationWithSubscribersProperty{
			Notification: &awsbudgets.CfnBudget_NotificationProperty{
				NotificationType: jsii.String(kind), ComparisonOperator: jsii.String("GREATER_THAN"),
				Threshold: jsii.Number(percent), ThresholdType: jsii.String("PERCENTAGE"),
			},
			Subscribers: &[]*awsbudgets.CfnBudget_SubscriberProperty{{SubscriptionType: jsii.String("SNS"), Address: topic.TopicArn()}},
		})
	}
	notify("ACTUAL", 50)
	notify("ACTUAL", 100)
	notify("FORECASTED", 100)
	awsbudgets.NewCfnBudget(scope, jsii.String("Budget"), &awsbudgets.CfnBudgetProps{
		Budget: &awsbudgets.CfnBudget_BudgetDataProperty{
			BudgetType: jsii.String("COST"), TimeUnit: jsii.String("MONTHLY"),
			BudgetLimit: &awsbudgets.CfnBudget_SpendProperty{Amount: jsii.Number(usd), Unit: jsii.String("USD")},
		},
		NotificationsWithSubscribers: &notifications,
	})
}
