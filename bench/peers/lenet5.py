"""LeNet-5 with sigmoid and average pooling, as every program here that speaks PyTorch uses it."""

from torch import nn


class LeNet5(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 6, 5, padding=2)
        self.conv2 = nn.Conv2d(6, 16, 5)
        self.f5 = nn.Linear(16 * 5 * 5, 120)
        self.f6 = nn.Linear(120, 84)
        self.f7 = nn.Linear(84, 10)
        self.pool = nn.AvgPool2d(2)

    def forward(self, x):  # [n, 1, 28, 28] in [0, 1] -> logits [n, 10]
        x = self.pool(self.conv1(x).sigmoid())  # [n, 6, 14, 14]
        x = self.pool(self.conv2(x).sigmoid())  # [n, 16, 5, 5]
        x = self.f5(x.flatten(1)).sigmoid()  # [n, 120]
        x = self.f6(x).sigmoid()  # [n, 84]
        return self.f7(x)
