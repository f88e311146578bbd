package check_test

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	appsv1 "k8s.io/api/apps/v1"
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	policyv1 "k8s.io/api/policy/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/serializer/json"
	"k8s.io/apimachinery/pkg/util/yaml"
	sigsyaml "sigs.k8s.io/yaml"
)

// manifests are all objects of deploy/kubernetes, decoded as the API server would
// with strict field validation.
type manifests struct {
	services    map[string]*corev1.Service
	configMaps  map[string]*corev1.ConfigMap
	secrets     map[string]*corev1.Secret
	stateful    map[string]*appsv1.StatefulSet
	budgets     map[string]*policyv1.PodDisruptionBudget
	scalers     []*autoscalingv2.HorizontalPodAutoscaler
	policies    map[string]*networkingv1.NetworkPolicy
	ingresses   []*networkingv1.Ingress
	kustomizing struct{ Resources []string }
}

func readManifests(t *testing.T) *manifests {
	t.Helper()
	scheme := runtime.NewScheme()
	for _, add := range []func(*runtime.Scheme) error{
		corev1.AddToScheme, appsv1.AddToScheme, policyv1.AddToScheme, autoscalingv2.AddToScheme, networkingv1.AddToScheme,
	} {
		require.NoError(t, add(scheme))
	}
	strict := json.NewSerializerWithOptions(json.DefaultMetaFactory, scheme, scheme, json.SerializerOptions{Yaml: true, Strict: true})
	m := &manifests{
		services: map[string]*corev1.Service{}, configMaps: map[string]*corev1.ConfigMap{}, secrets: map[string]*corev1.Secret{},
		stateful: map[string]*appsv1.StatefulSet{}, budgets: map[string]*policyv1.PodDisruptionBudget{},
		policies: map[string]*networkingv1.NetworkPolicy{},
	}
	files, err := filepath.Glob("../kubernetes/*.yaml")
	require.NoError(t, err)
	for _, file := range files {
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		if filepath.Base(file) == "kustomization.yaml" {
			require.NoError(t, sigsyaml.Unmarshal(text, &m.kustomizing))
			continue
		}
		documents := yaml.NewDocumentDecoder(io.NopCloser(bytes.NewReader(text)))
		buf := make([]byte, 1<<20)
		for {
			n, err := documents.Read(buf)
			if errors.Is(err, io.EOF) {
				break
			}
			require.NoError(t, err)
			object, kind, err := strict.Decode(buf[:n], nil, nil)
			require.NoError(t, err, file)
			m.add(t, object, kind.String())
		}
	}
	return m
}

func (m *manifests) add(t *testing.T, object runtime.Object, kind string) {
	t.Helper()
	switch o := object.(type) {
	case *corev1.Service:
		m.services[o.Name] = o
	case *corev1.ConfigMap:
		m.configMaps[o.Name] = o
	case *corev1.Secret:
		m.secrets[o.Name] = o
	case *appsv1.StatefulSet:
		m.stateful[o.Name] = o
	case *policyv1.PodDisruptionBudget:
		m.budgets[o.Name] = o
	case *autoscalingv2.HorizontalPodAutoscaler:
		m.scalers = append(m.scalers, o)
	case *networkingv1.NetworkPolicy:
		m.policies[o.Name] = o
	case *networkingv1.Ingress:
		m.ingresses = append(m.ingresses, o)
	default:
		t.Fatalf("nothing checks a %s", kind)
	}
}

func selects(t *testing.T, s *metav1.LabelSelector, set map[string]string) bool {
	t.Helper()
	selector, err := metav1.LabelSelectorAsSelector(s)
	require.NoError(t, err)
	return !selector.Empty() && selector.Matches(labels.Set(set))
}

// containers are those of the pods, the ones that restart beside the others too.
func containers(set *appsv1.StatefulSet) []corev1.Container {
	return slices.Concat(set.Spec.Template.Spec.InitContainers, set.Spec.Template.Spec.Containers)
}

func portNames(set *appsv1.StatefulSet) (names []string) {
	for _, c := range containers(set) {
		for _, p := range c.Ports {
			names = append(names, p.Name)
		}
	}
	return names
}

func TestKustomizationHasWhatIsNoExample(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("../kubernetes/*.yaml")
	require.NoError(t, err)
	var want []string
	for _, file := range files {
		if name := filepath.Base(file); !strings.HasSuffix(name, ".example.yaml") && name != "kustomization.yaml" {
			want = append(want, name)
		}
	}
	require.ElementsMatch(t, want, readManifests(t).kustomizing.Resources)
}

func TestStatefulSets(t *testing.T) {
	t.Parallel()
	m := readManifests(t)
	require.Len(t, m.stateful, 2)
	for name, set := range m.stateful {
		pod := set.Spec.Template
		require.True(t, selects(t, set.Spec.Selector, pod.Labels), name)
		headless := m.services[set.Spec.ServiceName]
		require.NotNil(t, headless, name)
		require.Equal(t, corev1.ClusterIPNone, headless.Spec.ClusterIP)
		require.True(t, headless.Spec.PublishNotReadyAddresses)
		require.NotNil(t, m.budgets[name])
		require.True(t, selects(t, m.budgets[name].Spec.Selector, pod.Labels))
		require.Equal(t, 1, m.budgets[name].Spec.MaxUnavailable.IntValue())
		require.NotNil(t, m.policies[name])
		require.True(t, selects(t, &m.policies[name].Spec.PodSelector, pod.Labels))
		require.False(t, *pod.Spec.EnableServiceLinks, "variables named after services are no settings")
		require.False(t, *pod.Spec.AutomountServiceAccountToken)
		require.True(t, *pod.Spec.SecurityContext.RunAsNonRoot)
		volumes := m.volumes(t, set)
		for _, c := range containers(set) {
			require.False(t, *c.SecurityContext.AllowPrivilegeEscalation, c.Name)
			require.True(t, *c.SecurityContext.ReadOnlyRootFilesystem, c.Name)
			require.Equal(t, []corev1.Capability{"ALL"}, c.SecurityContext.Capabilities.Drop, c.Name)
			require.NotEmpty(t, c.Resources.Requests, c.Name)
			require.NotNil(t, c.ReadinessProbe, c.Name)
			for _, mount := range c.VolumeMounts {
				require.Contains(t, volumes, mount.Name, c.Name)
			}
			for _, probe := range []*corev1.Probe{c.StartupProbe, c.LivenessProbe, c.ReadinessProbe} {
				if probe != nil {
					require.Contains(t, portsOf(&c), portOf(probe), c.Name)
				}
			}
		}
	}
}

// volumes gives the names of a set's volumes and requires that what they show is there.
func (m *manifests) volumes(t *testing.T, set *appsv1.StatefulSet) (names []string) {
	t.Helper()
	for _, v := range set.Spec.Template.Spec.Volumes {
		names = append(names, v.Name)
		if v.Secret != nil {
			require.Contains(t, m.secrets, v.Secret.SecretName)
			require.EqualValues(t, 0o440, *v.Secret.DefaultMode)
		}
		if v.ConfigMap != nil {
			require.Contains(t, m.configMaps, v.ConfigMap.Name)
		}
	}
	for _, claim := range set.Spec.VolumeClaimTemplates {
		names = append(names, claim.Name)
	}
	return names
}

func portsOf(c *corev1.Container) (names []string) {
	for _, p := range c.Ports {
		names = append(names, p.Name)
	}
	return names
}

func portOf(p *corev1.Probe) string {
	if p.HTTPGet != nil {
		return p.HTTPGet.Port.StrVal
	}
	return p.TCPSocket.Port.StrVal
}

func TestServicesLeadToPods(t *testing.T) {
	t.Parallel()
	m := readManifests(t)
	for name, s := range m.services {
		var found bool
		for _, set := range m.stateful {
			if !labels.SelectorFromSet(s.Spec.Selector).Matches(labels.Set(set.Spec.Template.Labels)) {
				continue
			}
			found = true
			for _, p := range s.Spec.Ports {
				if p.TargetPort.StrVal != "" {
					require.Contains(t, portNames(set), p.TargetPort.StrVal, name)
				}
			}
		}
		require.True(t, found, "%s leads nowhere", name)
	}
	for _, ingress := range m.ingresses {
		for _, path := range ingress.Spec.Rules[0].HTTP.Paths {
			require.Contains(t, m.services, path.Backend.Service.Name)
		}
	}
}

func TestNodes(t *testing.T) {
	t.Parallel()
	m := readManifests(t)
	set, settings := m.stateful["swiper"], m.configMaps["swiper"].Data
	pod := set.Spec.Template.Spec
	node := pod.Containers[0]
	for _, from := range node.EnvFrom {
		if from.ConfigMapRef != nil {
			require.Contains(t, m.configMaps, from.ConfigMapRef.Name)
		} else {
			require.Contains(t, m.secrets, from.SecretRef.Name)
		}
	}
	// Every name that settings make of services and pods.
	require.Equal(t, "$(POD_NAME)."+set.Spec.ServiceName+":7000", node.Env[1].Value)
	for address := range strings.SplitSeq(strings.TrimPrefix(settings["SWIPER_CLUSTER_PROVIDER"], "etcd:"), ",") {
		require.Regexp(t, `^swiper-etcd-[0-2]\.`+m.stateful["swiper-etcd"].Spec.ServiceName+`:2379$`, address)
	}
	for _, variable := range []string{"SWIPER_CLUSTER_TLS_CA", "SWIPER_CLUSTER_TLS_CERT", "SWIPER_CLUSTER_TLS_KEY"} {
		require.Contains(t, m.secrets["swiper-tls"].StringData, filepath.Base(settings[variable]))
	}
	// The time to leave and to stop fits into the time before SIGKILL.
	leave, err := time.ParseDuration(settings["SWIPER_CLUSTER_LEAVE_AFTER"])
	require.NoError(t, err)
	const stop = 25 * time.Second
	require.Greater(t, time.Duration(*pod.TerminationGracePeriodSeconds)*time.Second, leave+stop)
	// The door is up before the node and until it has ended, and is all that is public.
	door := pod.InitContainers[0]
	require.Equal(t, corev1.ContainerRestartPolicyAlways, *door.RestartPolicy)
	require.Equal(t, []string{"http"}, portsOf(&door))
	require.Contains(t, m.configMaps["swiper-door"].Data["default.conf"], "server "+settings["SWIPER_HTTP_LISTEN"]+" ")
	for _, p := range []*corev1.Probe{node.StartupProbe, node.LivenessProbe} {
		require.Equal(t, "/healthz", p.HTTPGet.Path)
	}
	require.Equal(t, "/readyz", node.ReadinessProbe.HTTPGet.Path)

	scaler := m.scalers[0].Spec
	require.Equal(t, "StatefulSet/swiper", scaler.ScaleTargetRef.Kind+"/"+scaler.ScaleTargetRef.Name)
	require.Equal(t, node.Name, scaler.Metrics[0].ContainerResource.Container)
	require.Equal(t, *set.Spec.Replicas, *scaler.MinReplicas)
}
